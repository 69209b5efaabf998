// The Chat API over REST with bearer tokens that live in this object only.

export class ApiError extends Error {
  constructor(status, { error, code, field, requestId } = {}) {
    super(error || `The server answered ${status}`);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.field = field;
    this.requestId = requestId;
  }
}

export class Api {
  constructor(base = '') {
    this.base = base;
    this.tokens = null;
    this.onTokens = null; // told each new access token
    this.renewal = null; // the one that is under way
  }

  register(account) {
    return this.signIn('/api/auth/register', account);
  }

  login(login, password) {
    return this.signIn('/api/auth/login', { login, password });
  }

  async signIn(path, body) {
    const { data } = await this.request('POST', path, body, null);
    this.keep(data);
    return data.user;
  }

  async logout() {
    try {
      await this.call('POST', '/api/auth/logout');
    } finally {
      this.tokens = null;
    }
  }

  keep({ accessToken, refreshToken, expiresIn }) {
    const life = expiresIn * 1000;
    this.tokens = { access: accessToken, refresh: refreshToken, renewAt: Date.now() + life - Math.min(60_000, life / 4) };
  }

  // token returns an access token that is good for a while.
  async token() {
    if (!this.tokens) throw new ApiError(401, { error: 'Not signed in' });
    if (Date.now() >= this.tokens.renewAt) await this.renew();
    return this.tokens.access;
  }

  spoil() {
    if (this.tokens) this.tokens.renewAt = 0;
  }

  // renew exchanges the refresh token once, however many ask for it: used twice
  // it would end the session.
  renew() {
    this.renewal ??= this.request('POST', '/api/auth/refresh', { refreshToken: this.tokens.refresh }, null)
      .then(({ data }) => {
        this.keep(data);
        this.onTokens?.(data.accessToken);
      })
      .finally(() => {
        this.renewal = null;
      });
    return this.renewal;
  }

  // call makes a request and returns its data.
  async call(method, path, body) {
    return (await this.whole(method, path, body)).data;
  }

  // whole is call with what stands beside the data.
  async whole(method, path, body) {
    try {
      return await this.request(method, path, body, await this.token());
    } catch (error) {
      if (error.code !== 'token_expired') throw error;
      this.spoil();
      return this.request(method, path, body, await this.token());
    }
  }

  async request(method, path, body, token) {
    const headers = {};
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    const url = new URL(this.base + path, location.origin);
    url.searchParams.set('raw', '1'); // texts as they were written: this page shows them as text
    const answer = await fetch(url, {
      method,
      headers,
      credentials: 'omit',
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    });
    const envelope = await answer.json().catch(() => ({}));
    if (!answer.ok || !envelope.success) throw new ApiError(answer.status, envelope);
    return envelope;
  }
}
