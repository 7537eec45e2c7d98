/** Which page is where. Each is loaded when it is first opened. */
import { createRouter, createWebHistory } from 'vue-router'

declare module 'vue-router' {
  interface RouteMeta {
    title: string
  }
}

const SITE = 'vue-event-stream'

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', component: () => import('./HomePage.vue'), meta: { title: 'Playground' } },
    { path: '/chat', component: () => import('./ChatRoom.vue'), meta: { title: 'Chat room' } },
    { path: '/news', component: () => import('./NewsFeed.vue'), meta: { title: 'News feed' } },
    {
      path: '/upload',
      component: () => import('./UploadProgress.vue'),
      meta: { title: 'Upload progress' },
    },
    {
      path: '/:path(.*)*',
      component: () => import('./NotFound.vue'),
      meta: { title: 'Page not found' },
    },
  ],
  scrollBehavior: (to, from, saved) => saved ?? { top: 0 },
})

router.afterEach(({ meta }) => {
  document.title = `${meta.title} · ${SITE}`
})
