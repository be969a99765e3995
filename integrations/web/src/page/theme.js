// Runs before the page is drawn, so that it does not begin in another theme.
try {
  const { theme } = JSON.parse(localStorage.getItem(`claudette-web:${location.pathname.replace(/\/?$/, "/")}`));
  document.documentElement.dataset.theme = theme;
} catch {
  // The theme is that of the system.
}
