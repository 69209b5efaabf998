// From an OpenAPI or AsyncAPI document to elements. Everything that comes out of
// a document becomes a text node, never markup.

export function el(name, attributes = {}, ...children) {
  const e = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) e.setAttribute(key, value === true ? '' : value)
  }
  e.append(...children.flat().filter((c) => c !== undefined && c !== null && c !== false && c !== ''))
  return e
}

// markdown draws the few things that the descriptions use: headings, lists,
// code blocks, paragraphs; bold and code inside them.
export function markdown(text) {
  const out = []
  for (const block of text.trim().split(/\n{2,}/)) {
    if (block.startsWith('```')) out.push(el('pre', { tabindex: '0' }, block.replace(/^```\w*\n|\n?```$/g, '')))
    else if (block.startsWith('## ')) out.push(el('h2', {}, block.slice(3)))
    else if (block.startsWith('- ')) out.push(el('ul', {}, block.split(/\n(?=- )/).map((l) => el('li', {}, inline(l.slice(2))))))
    else out.push(el('p', {}, inline(block)))
  }
  return out
}

export function inline(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) => {
    if (part.startsWith('`')) return el('code', {}, part.slice(1, -1))
    if (part.startsWith('**')) return el('strong', {}, part.slice(2, -2))
    return part
  })
}

function resolve(doc, thing) {
  if (!thing?.$ref) return thing ?? {}
  const found = thing.$ref.slice(2).split('/').reduce((at, step) => at?.[step.replaceAll('~1', '/').replaceAll('~0', '~')], doc)
  return resolve(doc, found)
}

function nameOf(ref) {
  return ref?.split('/').pop()
}

// variants are the schemas that a schema may be, null left out.
function variants(doc, schema) {
  const list = schema.anyOf ?? schema.oneOf
  return list ? list.filter((v) => v.type !== 'null') : [schema]
}

function typeName(doc, schema) {
  const list = schema.anyOf ?? schema.oneOf
  if (list) return list.map((v) => typeName(doc, v)).join(' | ')
  if (schema.$ref) return nameOf(schema.$ref)
  if ('const' in schema) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map((v) => JSON.stringify(v)).join(' | ')
  if (schema.type === 'array') return `${typeName(doc, schema.items ?? {})}[]`
  const type = [schema.type ?? 'any'].flat().join(' | ')
  return schema.format === 'date-time' ? type.replace('string', 'time') : type
}

function bounds(schema) {
  const facts = []
  if (schema.default !== undefined) facts.push(`default ${schema.default}`)
  const high = schema.maximum === Number.MAX_SAFE_INTEGER ? undefined : schema.maximum
  if (schema.minimum !== undefined && high !== undefined) facts.push(`${schema.minimum}–${high}`)
  else if (high !== undefined) facts.push(`at most ${high}`)
  if (schema.maxLength !== undefined) facts.push(`at most ${schema.maxLength} characters`)
  if (schema.maxItems !== undefined) facts.push(`at most ${schema.maxItems}`)
  return facts.join(', ')
}

// fields draws the members of an object; nested objects fold. Of what a client
// sends the required members are marked, of what it gets the optional ones.
export function fields(doc, schema, sent, seen = []) {
  const object = resolve(doc, schema)
  const names = object['x-order'] ?? Object.keys(object.properties ?? {})
  const rows = names.map((name) => {
    const required = object.required?.includes(name) ?? false
    return field(doc, name, object.properties[name], required === sent, sent, seen)
  })
  return el('dl', { class: 'fields' }, rows)
}

function field(doc, name, schema, marked, sent, seen = []) {
  const limits = bounds(schema)
  const mark = sent ? el('span', { class: 'tag' }, 'required') : el('span', { class: 'type' }, 'optional')
  const head = el('dt', {}, el('code', {}, name), el('span', { class: 'type' }, typeName(doc, schema)),
    limits && el('span', { class: 'type' }, limits), marked && mark)
  const row = el('div', {}, head, schema.description && el('dd', {}, inline(schema.description)))
  for (const variant of variants(doc, schema)) {
    const inner = variant.type === 'array' ? variant.items ?? {} : variant
    const key = inner.$ref ?? inner
    if (!resolve(doc, inner).properties || seen.includes(key)) continue
    row.append(el('dd', {}, el('details', {}, el('summary', {}, nameOf(inner.$ref) ?? 'Members'), fields(doc, inner, sent, [...seen, key]))))
  }
  return row
}

// sample is a value that the schema allows.
export function sample(doc, schema, seen = []) {
  const s = resolve(doc, variants(doc, schema)[0])
  const key = schema.$ref
  if (key && seen.includes(key)) return null
  const inside = key ? [...seen, key] : seen
  if (s.examples?.length) return s.examples[0]
  if ('const' in s) return s.const
  if (s.default !== undefined) return s.default
  if (s.enum) return s.enum[0]
  switch ([s.type].flat()[0]) {
    case 'object':
      return Object.fromEntries((s['x-order'] ?? Object.keys(s.properties ?? {})).map((n) => [n, sample(doc, s.properties[n], inside)]))
    case 'array':
      return resolve(doc, s.items).properties || s.items?.examples ? [sample(doc, s.items, inside)] : []
    case 'integer': case 'number': return 1
    case 'boolean': return true
    case 'string': return s.format === 'date-time' ? '2024-01-15T10:30:00.000Z' : '…'
  }
  return null
}

function json(value) {
  return el('pre', { tabindex: '0' }, JSON.stringify(value, null, 2))
}

function more(title, ...children) {
  return el('details', { class: 'more' }, el('summary', {}, title), ...children)
}

const credentials = { bearer: 'a token', cookie: 'the session cookie', apiKey: 'an API key' }

// operation draws one operation of an OpenAPI document.
export function operation(doc, method, path, o) {
  const who = (o.security ?? []).flatMap(Object.keys).map((n) => credentials[n] ?? n)
  const body = el('div', { class: 'body' }, o.description && markdown(o.description),
    el('p', { class: 'muted' }, who.length ? `Needs ${who.join(' or ')}.` : 'Needs no credentials.'))
  for (const [where, title] of [['path', 'In the path'], ['query', 'In the query'], ['header', 'Headers']]) {
    const params = (o.parameters ?? []).filter((p) => p.in === where)
    if (params.length) {
      body.append(el('h4', {}, title), el('dl', { class: 'fields' },
        params.map((p) => field(doc, p.name, { ...p.schema, description: p.description }, p.required && where !== 'path', true))))
    }
  }
  const input = o.requestBody?.content?.['application/json']?.schema
  if (input) body.append(el('h4', {}, 'Body'), fields(doc, input, true))
  body.append(more('Example call', el('pre', { tabindex: '0' }, curl(doc, method, path, o, input))), answers(doc, o))
  return item(o.operationId, el('span', { class: 'method', 'data-method': method }, method), el('span', { class: 'path' }, path), o.summary, body)
}

function curl(doc, method, path, o, input) {
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => (name === 'emoji' ? '%F0%9F%91%8D' : '1'))
  const lines = [`curl -X ${method} "$PARLEY${filled}"`]
  if (o.security?.[0]?.bearer) lines.push('-H "Authorization: Bearer $TOKEN"')
  else if (o.security) lines.push('-H "X-Api-Key: $KEY"')
  if (input) {
    const chosen = Object.entries(input.properties).filter(([n, s]) => s.examples || input.required?.includes(n))
    const value = Object.fromEntries(chosen.map(([n, s]) => [n, sample(doc, s)]))
    lines.push('-H "Content-Type: application/json"', `-d '${JSON.stringify(value)}'`)
  }
  return lines.join(' \\\n  ')
}

function answers(doc, o) {
  const out = el('div', {}, el('h4', {}, 'Answers'))
  const list = el('ul', { class: 'answers' })
  for (const [status, r] of Object.entries(o.responses).sort()) {
    const fine = status < '300'
    const text = (r.description ?? resolve(doc, r).description).replace(/^[\w ]+: /, '')
    list.append(el('li', {}, el('b', { class: fine ? 'ok' : 'wrong' }, status), inline(text)))
  }
  out.append(list)
  const success = Object.values(o.responses).find((r) => r.content)?.content['application/json'].schema
  if (success) {
    out.append(more('Members of the answer', fields(doc, success, false)), more('Example answer', json({ ...sample(doc, success), error: null })))
  }
  return out
}

// message draws one message of an AsyncAPI document.
export function message(doc, key, m, sent) {
  const body = el('div', { class: 'body' }, el('h4', {}, 'Members'), fields(doc, m.payload, sent), el('h4', {}, 'Examples'))
  for (const e of m.examples ?? []) {
    body.append(m.examples.length > 1 ? more(e.name, e.summary && el('p', { class: 'muted' }, e.summary), json(e.payload)) : json(e.payload))
  }
  return item(`frame-${key}`, el('span', { class: 'path' }, m.name), '', m.summary, body)
}

function item(id, label, path, says, body) {
  return el('details', { class: 'item', id }, el('summary', {}, el('h3', {}, label, path, el('span', { class: 'says' }, says))), body)
}
