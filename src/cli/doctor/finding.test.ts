import { describe, expect, test } from 'vitest';
import { diskFinding, findingLine, isComplete, networkFindings, nodeFinding, portFinding } from './finding.ts';

describe('findings', () => {
  test.each([
    ['20.15.0', 'ok'],
    ['20.14.9', 'missing'],
    ['18.20.0', 'missing'],
    ['22.1.0', 'ok'],
  ] as const)('Node.js %s is %s', (version, state) => {
    expect(nodeFinding(version).state).toBe(state);
  });

  test('a port is fine when it is free or already ours', () => {
    expect(portFinding(4566, 'nobody').state).toBe('ok');
    expect(portFinding(4566, 'longshore').state).toBe('ok');
    expect(findingLine(portFinding(4566, 'other'))).toBe(
      'missing port 4566: in use by something else: run longshore up --port 4567, or stop what listens there',
    );
  });

  test('disk space has a bound', () => {
    expect(diskFinding('/d', 1_024).state).toBe('ok');
    expect(diskFinding('/d', 1_023).state).toBe('missing');
  });

  test('without task networks nothing needed is there; what is only not enforced is optional', () => {
    expect(isComplete(networkFindings({ kind: 'none', limitations: ['needs root.'] }))).toBe(false);
    for (const kind of ['routed', 'engine'] as const) {
      const found = networkFindings({ kind, limitations: ['Not enforced.'] });
      expect(isComplete(found)).toBe(true);
      expect(found.map(findingLine)[1]).toBe('missing security (optional): Not enforced.');
    }
    expect(networkFindings({ kind: 'engine', limitations: [] }).map(findingLine)).toEqual([
      'ok      task network: a Docker network per subnet, which needs no root',
    ]);
  });

  test('a finding is one line, whatever the detail', () => {
    expect(findingLine({ what: 'x', state: 'missing', detail: 'a\n  b\n', run: 'c', needed: true })).toBe(
      'missing x: a b: run c',
    );
  });
});
