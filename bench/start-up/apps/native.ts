import App from '../../page/contenders/Native.vue'
import { startApp } from '../start-app.ts'

startApp(App)
