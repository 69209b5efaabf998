import type { paths } from './openapi.ts'

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'
type PathsWith<M extends Method> = { [P in keyof paths]: paths[P] extends { [K in M]: object } ? P : never }[keyof paths]
type Operation<P extends keyof paths, M extends Method> = paths[P] extends { [K in M]: infer O } ? O : never
type JSONOf<R> = R extends { content: { 'application/json': infer J } } ? J : never
type Answer<O> = O extends { responses: infer R }
  ? R extends { 200: infer Ok } ? JSONOf<Ok> : R extends { 201: infer Made } ? JSONOf<Made> : never
  : never
type Data<O> = Answer<O> extends { data: infer D } ? D : never
type Query<O> = O extends { parameters: { query?: infer Q } } ? Q : undefined
type PathOf<O> = O extends { parameters: { path: infer P } } ? { [K in keyof P]: string | number } : undefined
type BodyOf<O> = O extends { requestBody?: infer B } ? JSONOf<NonNullable<B>> : undefined

export interface Call<O> {
  path?: PathOf<O>
  query?: Query<O>
  body?: BodyOf<O> | FormData | Blob
  signal?: AbortSignal
}

/** What the server refused, and why; status 0 means that it was not reached. */
export class ApiError extends Error {
  override name = 'ApiError'
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field: string | undefined,
    readonly retryAfter: number | undefined,
  ) {
    super(message)
  }

  /** Whether the same request may succeed later without being changed. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500
  }
}

const anHour = 3_600_000

/** The REST interface with the types of the server's own OpenAPI file. */
export class Rest {
  onUnauthorized: (() => void) | undefined

  constructor(readonly base = '', readonly headers: Record<string, string> = {}, readonly within = 20_000) {}

  get<P extends PathsWith<'get'>>(path: P, call: Call<Operation<P, 'get'>> = {}): Promise<Data<Operation<P, 'get'>>> {
    return this.data('get', path, call)
  }
  post<P extends PathsWith<'post'>>(path: P, call: Call<Operation<P, 'post'>> = {}): Promise<Data<Operation<P, 'post'>>> {
    return this.data('post', path, call)
  }
  put<P extends PathsWith<'put'>>(path: P, call: Call<Operation<P, 'put'>> = {}): Promise<Data<Operation<P, 'put'>>> {
    return this.data('put', path, call)
  }
  patch<P extends PathsWith<'patch'>>(path: P, call: Call<Operation<P, 'patch'>> = {}): Promise<Data<Operation<P, 'patch'>>> {
    return this.data('patch', path, call)
  }
  delete<P extends PathsWith<'delete'>>(path: P, call: Call<Operation<P, 'delete'>> = {}): Promise<Data<Operation<P, 'delete'>>> {
    return this.data('delete', path, call)
  }
  /** A list with the facts about its page beside it. */
  list<P extends PathsWith<'get'>>(path: P, call: Call<Operation<P, 'get'>> = {}): Promise<Answer<Operation<P, 'get'>>> {
    return this.request('get', path, call) as Promise<Answer<Operation<P, 'get'>>>
  }

  private async data<T>(method: Method, path: string, call: Call<unknown>): Promise<T> {
    return ((await this.request(method, path, call)) as { data: T }).data
  }

  private async request(method: Method, template: string, call: Call<unknown>): Promise<unknown> {
    const body = call.body
    const raw = body instanceof FormData || body instanceof Blob
    const headers: Record<string, string> = { ...this.headers }
    if (body !== undefined && !raw) headers['Content-Type'] = 'application/json'
    const deadline = AbortSignal.timeout(raw ? anHour : this.within)
    let response: Response
    try {
      response = await fetch(this.base + fill(template, call.path, call.query), {
        method: method.toUpperCase(),
        headers,
        body: body === undefined ? null : raw ? (body as BodyInit) : JSON.stringify(body),
        credentials: 'same-origin',
        cache: 'no-store',
        signal: call.signal ? AbortSignal.any([call.signal, deadline]) : deadline,
      })
    } catch (error) {
      if (call.signal?.aborted) throw error
      throw new ApiError(0, 'unreachable', 'The server cannot be reached', undefined, undefined)
    }
    const answer = await response.json().catch(() => null)
    if (response.ok && answer?.success) return answer
    if (response.status === 401) this.onUnauthorized?.()
    throw failure(response.status, answer, response.headers.get('Retry-After'))
  }
}

/** Turns the envelope of a refusal into an error. */
export function failure(status: number, answer: { code?: string; error?: string; field?: string } | null, retryAfter: string | null): ApiError {
  return new ApiError(
    status,
    answer?.code ?? 'unexpected',
    answer?.error ?? `The server answered with status ${status}`,
    answer?.field,
    retryAfter ? Number(retryAfter) : undefined,
  )
}

function fill(template: string, path: unknown, query: unknown): string {
  const parts = (path ?? {}) as Record<string, string | number>
  const url = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(parts[name])))
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries((query ?? {}) as Record<string, unknown>)) {
    if (value !== undefined && value !== null && value !== '') search.set(name, String(value))
  }
  const text = search.toString()
  return text ? `${url}?${text}` : url
}
