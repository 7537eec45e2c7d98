import { createApp } from 'vue'
import { createEventStreams } from 'vue-event-stream'
import App from './App.vue'

createApp(App)
  .use(createEventStreams({ baseURL: '/api' }))
  .mount('#app')
