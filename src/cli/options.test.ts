import { describe, expect, test } from 'vitest';
import { readSettings, type Option } from './options.ts';

const options: readonly Option[] = [
  { name: 'port', value: 'PORT', environment: 'LONGSHORE_PORT', about: 'port', fallback: '4566' },
  { name: 'data-dir', value: 'DIR', about: 'directory' },
  { name: 'quiet', environment: 'LONGSHORE_QUIET', about: 'say less' },
];

describe('readSettings', () => {
  test('takes the argument before the environment before the fallback', () => {
    expect(readSettings(options, ['--port', '1'], { LONGSHORE_PORT: '2' }).get('port')).toBe('1');
    expect(readSettings(options, [], { LONGSHORE_PORT: '2' }).get('port')).toBe('2');
    expect(readSettings(options, [], { LONGSHORE_PORT: '' }).get('port')).toBe('4566');
  });

  test('reads switches', () => {
    expect(readSettings(options, ['--quiet'], {}).flag('quiet')).toBe(true);
    expect(readSettings(options, [], { LONGSHORE_QUIET: '1' }).flag('quiet')).toBe(true);
    expect(readSettings(options, [], {}).flag('quiet')).toBe(false);
  });

  test('refuses what it does not know, and numbers out of bounds, by name', () => {
    expect(() => readSettings(options, ['--prot', '1'], {})).toThrow("Unknown option '--prot'");
    expect(() => readSettings(options, ['extra'], {})).toThrow('extra');
    expect(() => readSettings(options, ['--port', '70000'], {}).integer('port', 0, 65_535)).toThrow(
      "--port is '70000'",
    );
    expect(() => readSettings(options, [], {}).require('data-dir')).toThrow('--data-dir DIR is needed');
  });
});
