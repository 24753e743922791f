import type { Log, LogFields } from '../kernel/index.ts';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Where finished lines go, such as `process.stderr`. */
export interface LineSink {
  write(line: string): unknown;
}

/** A value as it stands after `name=`: bare when it is one word, else quoted as JSON. */
function show(value: string | number | boolean): string {
  const text = String(value);
  return /^[\w.:/@+-]+$/.test(text) ? text : JSON.stringify(text);
}

function render(level: LogLevel, message: string, fields: LogFields): string {
  const shown = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [` ${name}=${show(value)}`],
  );
  return `${new Date().toISOString()} ${level.padEnd(5)} ${message}${shown.join('')}\n`;
}

/** A log of one line an event, `time level message name=value …`, at `level` and above. */
export function lineLog(level: LogLevel, sink: LineSink, bound: LogFields = {}): Log {
  const from = logLevels.indexOf(level);
  const writer =
    (at: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (logLevels.indexOf(at) >= from) sink.write(render(at, message, { ...bound, ...fields }));
    };
  return {
    debug: writer('debug'),
    info: writer('info'),
    warn: writer('warn'),
    error: writer('error'),
    with: (fields) => lineLog(level, sink, { ...bound, ...fields }),
  };
}
