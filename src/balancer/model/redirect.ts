import type { RedirectAction } from '../../balancer-protocol/index.ts';
import { pathOf, queryOf, splitHost } from './rules.ts';

/** Where a redirect action sends a request: protocol, host, port, path and query from the request where the action says `#{…}`. */
export function redirectLocation(
  action: RedirectAction,
  request: {
    readonly protocol: 'HTTP' | 'HTTPS';
    readonly host: string;
    readonly port: number;
    readonly target: string;
  },
): string {
  const values: Readonly<Record<string, string>> = {
    protocol: request.protocol,
    host: splitHost(request.host).name,
    port: String(request.port),
    // The action's path begins with a slash of its own: /#{path}.
    path: pathOf(request.target).slice(1),
    query: queryOf(request.target),
  };
  const fill = (template: string): string =>
    template.replace(/#\{(protocol|host|port|path|query)\}/g, (_, name: string) => values[name] ?? '');
  const query = fill(action.query);
  const location = `${fill(action.protocol).toLowerCase()}://${fill(action.host)}:${fill(action.port)}${fill(action.path)}`;
  return query === '' ? location : `${location}?${query}`;
}
