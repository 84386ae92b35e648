/* global self */
// The service worker: shows what the platform tells this browser, and leads to it. It fetches and keeps nothing.
self.addEventListener('push', (event) => {
  const { title, body, path } = event.data.json();
  event.waitUntil(self.registration.showNotification(title, { body, data: { path }, icon: '/favicon.svg' }));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const { path } = event.notification.data;
  event.waitUntil(
    self.clients.matchAll({ type: 'window' }).then(async ([open]) => {
      if (open === undefined) return self.clients.openWindow(path);
      await open.focus();
      return open.navigate(path);
    }),
  );
});
