// Runs before anything is painted, so that the page never flashes in the other scheme. A file of its own, since no inline
// script may run here.
(function () {
  var chosen = null;
  try {
    chosen = localStorage.getItem('waypost-color-scheme');
  } catch {
    // Storage can be switched off; the system's scheme serves then.
  }
  var isDark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', isDark ? 'dark' : 'light');
})();
