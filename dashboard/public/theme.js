/* global document, localStorage */
// Runs before the first paint, so that a chosen theme never flashes the other one. A file of its own because the
// content security policy forbids inline scripts.
(() => {
  const theme = localStorage.getItem('biot-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
})();
