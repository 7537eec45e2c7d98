import App from '../../page/contenders/VueUse.vue'
import { startApp } from '../start-app.ts'

startApp(App)
