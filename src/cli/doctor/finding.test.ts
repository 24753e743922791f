import { describe, expect, test } from 'vitest';
import {
  awsFinding,
  diskFinding,
  findingLine,
  isComplete,
  networkFindings,
  nodeFinding,
  portFinding,
} from './finding.ts';

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

  test('an aws too old for AWS_ENDPOINT_URL is named', () => {
    const old = { major: 2, minor: 9, text: '2.9.19' };
    expect(findingLine(awsFinding('/usr/bin/aws', old))).toBe(
      'ok      aws: /usr/bin/aws 2.9.19, which does not read AWS_ENDPOINT_URL: give --endpoint-url, as the aws function of longshore env does',
    );
    expect(awsFinding('/usr/bin/aws', { major: 2, minor: 13, text: '2.13.0' }).detail).toBe('/usr/bin/aws 2.13.0');
    expect(awsFinding('/usr/bin/aws', undefined).state).toBe('ok');
    expect(awsFinding(undefined, undefined).state).toBe('missing');
  });

  test('a finding is one line, whatever the detail', () => {
    expect(findingLine({ what: 'x', state: 'missing', detail: 'a\n  b\n', run: 'c', needed: true })).toBe(
      'missing x: a b: run c',
    );
  });
});
