// Puts the theme on the page before anything is painted. It is a file because the server's
// Content-Security-Policy allows no inline scripts. The key is the one that VueUse's useDark writes.
;(() => {
  let theme = 'auto'
  try {
    theme = localStorage.getItem('vueuse-color-scheme') ?? theme
  } catch {
    // Storage may be blocked: then the system's theme holds.
  }
  const isDark =
    theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.classList.toggle('dark', isDark)
})()
