/** One row of `show stat`. */
export interface StatRow {
  readonly proxy: string;
  readonly service: string;
  /** Requests or connections now. */
  readonly current: number;
  readonly requests: number;
  /** Answers by first digit, 1xx to 5xx. */
  readonly codes: readonly number[];
  readonly clientAborts: number;
  readonly connectionErrors: number;
}

const codeColumns = ['hrsp_1xx', 'hrsp_2xx', 'hrsp_3xx', 'hrsp_4xx', 'hrsp_5xx'] as const;

/** Rows by the names in the first line, so that columns of other versions do no harm. */
export function parseStats(text: string): readonly StatRow[] {
  const lines = text.split('\n').filter((line) => line !== '');
  const header = lines.findIndex((line) => line.startsWith('# '));
  if (header < 0) return [];
  const columns = new Map(
    (lines[header] ?? '')
      .slice(2)
      .split(',')
      .map((name, index) => [name, index]),
  );
  return lines
    .slice(header + 1)
    .filter((line) => !line.startsWith('#'))
    .map((line) => {
      const cells = line.split(',');
      const cell = (name: string): string => cells[columns.get(name) ?? -1] ?? '';
      const number = (name: string): number => Number(cell(name)) || 0;
      return {
        proxy: cell('pxname'),
        service: cell('svname'),
        current: number('scur'),
        requests: number('req_tot') || number('stot'),
        codes: codeColumns.map(number),
        clientAborts: number('cli_abrt'),
        connectionErrors: number('econ'),
      };
    });
}
