/** Which page is where. Each is a chunk of its own, loaded when it is opened or when the first one has been. */
import { createRouter, createWebHistory } from 'vue-router'

declare module 'vue-router' {
  interface RouteMeta {
    title: string
  }
}

const SITE = 'vue-event-stream'

const pages = {
  home: () => import('./HomePage.vue'),
  chat: () => import('./ChatRoom.vue'),
  news: () => import('./NewsFeed.vue'),
  notifications: () => import('./NotificationsPage.vue'),
  upload: () => import('./UploadProgress.vue'),
  build: () => import('./BuildProgress.vue'),
  assistant: () => import('./AssistantPage.vue'),
  log: () => import('./LiveLog.vue'),
  firehose: () => import('./FirehosePage.vue'),
  connections: () => import('./ConnectionsPage.vue'),
  notFound: () => import('./NotFound.vue'),
}

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', component: pages.home, meta: { title: 'Playground' } },
    { path: '/chat', component: pages.chat, meta: { title: 'Chat room' } },
    { path: '/news', component: pages.news, meta: { title: 'News feed' } },
    { path: '/notifications', component: pages.notifications, meta: { title: 'Notifications' } },
    {
      path: '/upload',
      component: pages.upload,
      meta: { title: 'Upload progress' },
    },
    { path: '/build', component: pages.build, meta: { title: 'Build progress' } },
    { path: '/assistant', component: pages.assistant, meta: { title: 'Assistant' } },
    { path: '/log', component: pages.log, meta: { title: 'Live log' } },
    { path: '/firehose', component: pages.firehose, meta: { title: 'Firehose' } },
    { path: '/connections', component: pages.connections, meta: { title: 'Connections' } },
    {
      path: '/:path(.*)*',
      component: pages.notFound,
      meta: { title: 'Page not found' },
    },
  ],
  scrollBehavior: (to, from, saved) => saved ?? { top: 0 },
})

router.afterEach(({ meta }) => {
  document.title = `${meta.title} · ${SITE}`
})

// A page has to open also while the server is down: that is what this playground is for.
void router.isReady().then(() => Promise.allSettled(Object.values(pages).map((load) => load())))
