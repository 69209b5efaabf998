/** Names a message before the server has. crypto.randomUUID is missing on plain http. */
export function newTempId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(15))
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_')
}
