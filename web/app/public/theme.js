// What cannot wait for the app: the theme and the language, before anything is painted, and what will be needed.
{
  const theme = localStorage.getItem('parley.theme') ?? 'system'
  const dark = theme === 'dark' || (theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.classList.toggle('dark', dark)
  document.documentElement.classList.toggle('contrast', theme === 'contrast')
  document.documentElement.dataset.text = localStorage.getItem('parley.text') ?? 'normal'
  const need = (name) => {
    const chunks = document.querySelector(`meta[name=parley-${name}]`)?.content.split(' ') ?? []
    for (const href of chunks) document.head.append(Object.assign(document.createElement('link'), { rel: 'modulepreload', href }))
  }
  // The same choice as in language.ts.
  const wanted = [localStorage.getItem('parley.language') ?? '', ...navigator.languages].map((tag) => tag.split('-')[0])
  const language = wanted.find((tag) => tag && document.querySelector(`meta[name=parley-${tag}]`)) ?? 'en'
  need(language)
  document.documentElement.lang = language
  document.documentElement.dir = language === 'ar' ? 'rtl' : 'ltr'
  // Who was signed in here, or follows a link into a conversation, will need the chat.
  if (location.pathname.startsWith('/chat') || localStorage.getItem('parley.me')) need('chat')
}
