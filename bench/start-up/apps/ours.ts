import App from '../../page/contenders/Ours.vue'
import { startApp } from '../start-app.ts'

startApp(App)
