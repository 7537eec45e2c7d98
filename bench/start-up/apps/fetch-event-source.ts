import App from '../../page/contenders/FetchEventSource.vue'
import { startApp } from '../start-app.ts'

startApp(App)
