import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

/** A rule that nobody has seen fail is not a rule: each fence is shown to stop a planted breach, in a copy of the house. */
const house = join(import.meta.dirname, '..');
let copy = '';

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'longshore-fences-'));
  for (const part of [
    'src',
    'tsconfig.base.json',
    'tsconfig.json',
    '.oxlintrc.json',
    '.dependency-cruiser.cjs',
    'package.json',
  ]) {
    cpSync(join(house, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(house, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

/** Output of a tool that is expected to fail in the copy; empty when it succeeded. */
function complaint(command: string, ...args: readonly string[]): string {
  try {
    execFileSync(join(house, 'node_modules/.bin', command), args, { cwd: copy, stdio: 'pipe' });
    return '';
  } catch (error) {
    const { stdout, stderr } = error as { stdout: Buffer; stderr: Buffer };
    return `${stdout.toString()}${stderr.toString()}`;
  }
}

function withPlanted(file: string, text: string, check: () => string): string {
  const path = join(copy, file);
  writeFileSync(path, text);
  try {
    return check();
  } finally {
    rmSync(path);
  }
}

describe('the compiler refuses', () => {
  const compile = (room: string) => () => complaint('tsc', '-b', join('src', room));
  test.each([
    [
      'an import that the room may not have',
      'kernel',
      "import { storeLimits } from '../store/index.ts';\nexport const x = storeLimits;\n",
      /TS6307|TS6059/,
    ],
    [
      'a type-only import that the room may not have',
      'kernel',
      "import type { Store } from '../store/index.ts';\nexport type X = Store;\n",
      /TS6307|TS6059/,
    ],
    [
      'the policy engine importing more than the kernel',
      'policy',
      "import type { Store } from '../store/index.ts';\nexport type X = Store;\n",
      /TS6307|TS6059/,
    ],
    ['a timer in the control plane', 'reconcile', 'export const x = setTimeout(() => undefined, 1);\n', /setTimeout/],
    [
      'a Node module in the control plane',
      'services/ecs',
      "import { readFileSync } from 'node:fs';\nexport const x = readFileSync;\n",
      /node:fs/,
    ],
    ['the process in the control plane', 'kernel', 'export const x = process.env;\n', /process/],
  ])('%s', (_, room, text, wanted) => {
    expect(withPlanted(`src/${room}/planted.ts`, text, compile(room))).toMatch(wanted);
  });
});

describe('the import rules refuse', () => {
  const cruise = () => complaint('depcruise', 'src', '--config', '.dependency-cruiser.cjs', '--output-type', 'err');
  test.each([
    [
      'an import past the entrance of a room',
      'src/reconcile/planted.ts',
      "export * from '../store/view/table.ts';\n",
      'rooms-by-their-entrance',
    ],
    [
      'one service importing another',
      'src/services/logs/planted.ts',
      "export * from '../ecs/ports.ts';\n",
      'services-apart',
    ],
    ['the SDK in the server', 'src/protocol/planted.ts', "export * from '@aws-sdk/client-sts';\n", 'sdk-only-in-tests'],
  ])('%s', (_, file, text, rule) => {
    expect(withPlanted(file, text, cruise)).toContain(rule);
  });

  test('and they did look at modules', () => {
    const report = JSON.parse(
      execFileSync(
        join(house, 'node_modules/.bin/depcruise'),
        ['src', '--config', '.dependency-cruiser.cjs', '--output-type', 'json'],
        { cwd: copy, maxBuffer: 64 << 20 },
      ).toString(),
    ) as { summary: { totalCruised: number } };
    expect(report.summary.totalCruised).toBeGreaterThan(30);
  });
});

describe('the linter refuses', () => {
  const lint = (file: string) => () => complaint('oxlint', '--type-aware', file);
  test.each([
    [
      'the clock in the control plane',
      'src/kernel/planted.ts',
      'export const x = Date.now();\n',
      'no-restricted-globals',
    ],
    [
      'the clock in the policy engine',
      'src/policy/planted.ts',
      'export const x = new Date();\n',
      'no-restricted-globals',
    ],
    [
      'chance in the control plane',
      'src/reconcile/planted.ts',
      'export const x = Math.random();\n',
      'no-restricted-properties',
    ],
    [
      'a promise nobody waits for',
      'src/kernel/planted.ts',
      'export async function f(): Promise<void> {}\nexport function g(): void {\n  f();\n}\n',
      'no-floating-promises',
    ],
    ['a default export', 'src/kernel/planted.ts', 'export default 1;\n', 'no-default-export'],
  ])('%s', (_, file, text, rule) => {
    expect(withPlanted(file, text, lint(file))).toContain(rule);
  });

  test('a circle of modules', () => {
    const other = join(copy, 'src/kernel/planted-other.ts');
    writeFileSync(other, "import { a } from './planted.ts';\nexport const b = (): number => a;\n");
    const text = "import { b } from './planted-other.ts';\nexport const a: number = b();\n";
    try {
      expect(withPlanted('src/kernel/planted.ts', text, lint('src/kernel/planted.ts'))).toContain('no-cycle');
    } finally {
      rmSync(other);
    }
  });
});
