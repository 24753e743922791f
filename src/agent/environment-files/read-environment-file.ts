/**
 * Reads `VARIABLE=VALUE` lines as Docker's env-files have them: everything behind the first `=` is the value, with its spaces and
 * quotation marks; lines that begin with `#` and lines without `=` say nothing. The last line of a name counts.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/use-environment-file.html
 * @param emptyValues whether `VARIABLE=` sets an empty value, as for Docker, or nothing, as for Amazon's agent
 * @throws TypeError for bytes that are not UTF-8
 */
export function readEnvironmentFile(bytes: Uint8Array, emptyValues: boolean): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  // The decoder takes the byte order mark off.
  for (const raw of new TextDecoder('utf-8', { fatal: true }).decode(bytes).split(/\r?\n/)) {
    const line = raw.trimStart();
    const equals = line.indexOf('=');
    if (equals < 1 || line.startsWith('#')) continue;
    const value = line.slice(equals + 1);
    if (value !== '' || emptyValues) values[line.slice(0, equals)] = value;
  }
  return values;
}
