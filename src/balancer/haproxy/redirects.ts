import type { RedirectAction } from '../../balancer-protocol/index.ts';
import { pageOf } from '../http1/own-answers.ts';
import { returnLine, type ConfigurationFiles } from './pages.ts';
import { literal } from './words.ts';

/** The lines that answer with a redirect. `when`: see `RuleContext`. */
export function redirectLines(
  action: RedirectAction,
  request: { readonly protocol: 'http' | 'https'; readonly port: number; readonly when: string },
  files: ConfigurationFiles,
): readonly string[] {
  const { when } = request;
  const values: Readonly<Record<string, string>> = {
    protocol: request.protocol,
    host: '%[req.hdr(host),host_only]',
    port: String(request.port),
    // The action's path begins with a slash of its own: /#{path}.
    path: '%[path,bytes(1)]',
    query: '%[query]',
  };
  const fill = (template: string): string =>
    template
      .split(/(#\{(?:protocol|host|port|path|query)\})/)
      .map((piece, index) => (index % 2 === 1 ? (values[piece.slice(2, -1)] ?? '') : literal(piece)))
      .join('');
  const protocol = fill(action.protocol.replace('#{protocol}', request.protocol).toLowerCase());
  const place = `${protocol}://${fill(action.host)}:${fill(action.port)}${fill(action.path)}`;
  const answer = (location: string): string =>
    returnLine(
      { status: action.statusCode, contentType: 'text/html', body: pageOf(action.statusCode), location },
      files,
    );
  if (action.query === '') return [`${answer(place)}${when}`];
  const query = fill(action.query);
  const and = when === '' ? ' if' : when;
  return [
    `http-request set-var-fmt(txn.query) ${query}${when}`,
    `${answer(`${place}?%[var(txn.query)]`)}${and} { var(txn.query) -m len gt 0 }`,
    `${answer(place)}${when}`,
  ];
}
