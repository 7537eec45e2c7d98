/** Starts the playground: the router, and the plugin with one default for every stream. */
import { createApp } from 'vue'
import { createEventStreams } from 'vue-event-stream'
import App from './App.vue'
import { router } from './pages/router.ts'

createApp(App)
  .use(router)
  .use(createEventStreams({ baseURL: '/api' }))
  .mount('#app')
