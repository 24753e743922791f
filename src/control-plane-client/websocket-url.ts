/** `http://…` becomes `ws://…`, `https://…` becomes `wss://…`. @param path takes the place of the endpoint's own */
export function websocketUrl(endpoint: string, path?: string): URL {
  const url = path === undefined ? new URL(endpoint) : new URL(path, endpoint);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new Error(`endpoint '${endpoint}' is neither http nor https`);
  url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:';
  return url;
}
