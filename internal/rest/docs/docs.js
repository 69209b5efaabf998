import { el, markdown, message, operation } from './render.js'

const at = (id) => document.getElementById(id)
const methods = ['get', 'post', 'put', 'patch', 'delete']

async function load(path) {
  const answer = await fetch(path)
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
  return answer.json()
}

function operationsOf(doc, tag) {
  const list = Object.entries(doc.paths).flatMap(([path, item]) =>
    methods.filter((m) => item[m]?.tags?.includes(tag)).map((m) => ({ path, method: m.toUpperCase(), o: item[m] })))
  return list.sort((a, b) => a.o['x-position'] - b.o['x-position'])
}

function section(id, title, ...children) {
  const heading = `${id}-title`
  return el('section', { id, 'aria-labelledby': heading }, el('h2', { id: heading }, title), ...children)
}

function link(id, words, method) {
  const badge = method && el('span', { class: 'method', 'data-method': method }, method)
  return el('li', { 'data-words': words.join(' ').toLowerCase() }, el('a', { href: `#${id}` }, badge, words[0]))
}

function drawREST(doc, main, links) {
  main.append(el('section', { id: 'overview' }, el('h1', {}, 'Parley API'), el('div', { class: 'lead' }, markdown(doc.info.description))))
  links.append(el('ul', {}, link('overview', ['Overview'])))
  for (const { name } of doc.tags) {
    const list = operationsOf(doc, name)
    main.append(section(name.toLowerCase(), name, list.map(({ method, path, o }) => operation(doc, method, path, o))))
    links.append(el('h2', {}, name), el('ul', {}, list.map(({ method, path, o }) => link(o.operationId, [o.summary, path, o.operationId], method))))
  }
}

function drawStream(doc, main, links) {
  const lead = el('div', { class: 'lead' }, el('p', {}, el('code', {}, doc.channels.realtime.address)), markdown(doc.info.description))
  main.append(section('stream', 'Event stream', lead))
  links.append(el('h2', {}, 'Event stream'), el('ul', {}, link('stream', ['How it works'])))
  for (const [id, o] of Object.entries(doc.operations)) {
    const keys = o.messages.map((m) => m.$ref.split('/').pop())
    main.append(section(id, o.title, keys.map((k) => message(doc, k, doc.components.messages[k], o.action === 'receive'))))
    links.append(el('h2', {}, o.title), el('ul', {}, keys.map((k) => link(`frame-${k}`, [doc.components.messages[k].name, k, id]))))
  }
}

// follow opens what the address names, and marks it in the contents.
function follow() {
  const id = decodeURIComponent(location.hash.slice(1))
  const target = id && at(id)
  for (const a of at('links').querySelectorAll('a')) {
    if (a.hash === location.hash && id) a.setAttribute('aria-current', 'location')
    else a.removeAttribute('aria-current')
  }
  if (!target) return
  if (target.tagName === 'DETAILS') target.open = true
  target.scrollIntoView()
  target.querySelector('summary')?.focus({ preventScroll: true })
  if (narrow.matches) at('contents').open = false
}

function filter() {
  const words = at('filter').value.toLowerCase().split(/\s+/).filter(Boolean)
  let found = 0
  for (const li of at('links').querySelectorAll('li')) {
    li.hidden = !words.every((w) => li.dataset.words.includes(w))
    found += li.hidden ? 0 : 1
  }
  for (const h of at('links').querySelectorAll('h2')) h.hidden = !h.nextElementSibling.querySelector('li:not([hidden])')
  at('matches').textContent = words.length ? `${found} found` : ''
}

const narrow = matchMedia('(max-width: 56rem)')
const themes = ['system', 'light', 'dark']

// Where storage is blocked, the choice lasts as long as the page.
let chosen = 'system'
const storage = {
  read() { try { return localStorage.getItem('parley-docs-theme') ?? chosen } catch { return chosen } },
  write(theme) { chosen = theme; try { localStorage.setItem('parley-docs-theme', theme) } catch { /* see above */ } },
}

function showTheme() {
  const theme = storage.read()
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
  at('theme').textContent = { system: 'System theme', light: 'Light theme', dark: 'Dark theme' }[theme]
  return theme
}

function nextTheme() {
  storage.write(themes[(themes.indexOf(showTheme()) + 1) % themes.length])
  showTheme()
}

function listen() {
  at('theme').addEventListener('click', nextTheme)
  at('filter').addEventListener('input', filter)
  addEventListener('hashchange', follow)
  narrow.addEventListener('change', () => { at('contents').open = !narrow.matches })
  addEventListener('keydown', (e) => {
    if (e.key !== '/' || e.target.closest('input, textarea') || e.metaKey || e.ctrlKey) return
    e.preventDefault()
    at('contents').open = true
    at('filter').focus()
  })
}

async function start() {
  showTheme()
  at('contents').open = !narrow.matches
  listen()
  try {
    const [rest, stream] = await Promise.all([load('/api/openapi.json'), load('/api/asyncapi.json')])
    const main = document.createDocumentFragment()
    const links = document.createDocumentFragment()
    drawREST(rest, main, links)
    drawStream(stream, main, links)
    at('version').textContent = rest.info.version
    at('links').append(links)
    at('content').replaceChildren(main)
    follow()
  } catch (error) {
    at('state').textContent = `The documentation could not be loaded: ${error.message}. Reload the page to try again.`
  }
}

start()
