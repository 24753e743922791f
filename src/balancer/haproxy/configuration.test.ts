import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { RuleAction, RuleCondition, RuleConfig } from '../../balancer-protocol/index.ts';
import { exampleCom, exampleOrg } from '../contract/certificates.ts';
import { attributes, forward, group, listener, loadBalancerAt } from '../contract/world.ts';
import { configurationText, structureOf, type Structure } from './configuration.ts';
import { findHaproxy } from './find-haproxy.ts';
import { whyEmbedded } from './fitness.ts';
import { turns } from './forwards.ts';
import { SecretNames } from './names.ts';
import { literal, word } from './words.ts';

const names = new SecretNames(Buffer.alloc(32, 7));
const settings = { directory: '/run/x', names, threads: 1 };
const found = await findHaproxy(process.env['PATH'] ?? '');

function structure(rules: readonly RuleConfig[], more = {}, directory = settings.directory): Structure {
  const loadBalancer = { ...loadBalancerAt('127.0.0.9'), attributes: { ...attributes, ...more } };
  const place = { address: '127.0.0.9', port: 8000 };
  const one = listener(rules);
  const groups = new Map(['A', 'B'].map((arn) => [arn, group(arn, [])]));
  return structureOf([{ loadBalancer, listener: one, places: [place] }], groups, { ...settings, directory });
}

function text(of: Structure): string {
  return configurationText(of, { statsSocket: '/run/x/api', serverLines: () => [] });
}

describe('configurations', () => {
  test('[BL-80] the same is written for the same: one listener, one target group', () => {
    expect(text(structure([forward('A')]))).toMatchSnapshot();
  });

  test('[BL-80] rules, weights, redirects and fixed responses', () => {
    const rules: readonly RuleConfig[] = [
      {
        arn: 'r1',
        conditions: [
          { field: 'path-pattern', values: ['/api/*', '/v?/x'] },
          { field: 'host-header', values: ['*.example.com'] },
        ],
        action: {
          type: 'forward',
          stickinessMs: 60_000,
          targetGroups: [
            { arn: 'A', weight: 9 },
            { arn: 'B', weight: 1 },
          ],
        },
      },
      {
        arn: 'r2',
        conditions: [{ field: 'query-string', values: [{ key: 'v', value: '1*' }] }],
        action: {
          type: 'redirect',
          statusCode: 301,
          protocol: 'HTTPS',
          host: '#{host}',
          port: '443',
          path: '/100%/#{path}',
          query: '#{query}',
        },
      },
      {
        arn: 'r3',
        conditions: [],
        action: { type: 'fixed-response', statusCode: 418, contentType: 'text/plain', body: 'tea' },
      },
    ];
    const { sections } = structure(rules);
    expect(sections.join('\n')).toMatchSnapshot();
  });

  test('[BL-80] certificates stand in a list of their own, the first is the default', () => {
    const one = listener([forward('A')], { protocol: 'HTTPS', certificates: [exampleCom, exampleOrg] });
    const places = [{ address: '127.0.0.9', port: 443 }];
    const { files } = structureOf(
      [{ loadBalancer: loadBalancerAt('127.0.0.9'), listener: one, places }],
      new Map(),
      settings,
    );
    const list = [...files].find(([name]) => name.startsWith('list-'))?.[1] ?? '';
    expect(list.split('\n').map((line) => line.split(' ').slice(1))).toEqual([
      ['example.com', '*.example.com'],
      ['example.org', '*.example.org'],
      [],
    ]);
  });

  test('[BL-3] counting by the stride comes to every turn once a round', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 999 }), { minLength: 1, maxLength: 5 }), (weights) => {
        const { total, stride } = turns(weights);
        const seen = new Set(Array.from({ length: total }, (_, count) => (count * stride) % total));
        expect(seen.size).toBe(total);
      }),
    );
  });

  test('[BL-82] what HAProxy cannot carry is left to the embedded data plane', () => {
    const loadBalancer = loadBalancerAt('127.0.0.9');
    const groups = new Map([['A', group('A', [], { protocolVersion: 'GRPC' })]]);
    expect(whyEmbedded(loadBalancer, listener([forward('A')]), groups)).toBe('HTTP/2 and gRPC targets');
    expect(whyEmbedded(loadBalancer, listener([forward('B')], { protocol: 'UDP' }), groups)).toBe(
      'HAProxy carries no UDP',
    );
    const strict = { ...loadBalancer, attributes: { ...attributes, desyncMitigation: 'strictest' } as const };
    expect(whyEmbedded(strict, listener([forward('B')]), groups)).toBe('HAProxy is not as strict as strictest');
    expect(whyEmbedded(loadBalancer, listener([forward('B')]), groups)).toBeUndefined();
  });
});

describe('what users write', () => {
  const nasty = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc
      .array(
        fc.constantFrom(
          '\n',
          '\r',
          ' ',
          '"',
          "'",
          '\\',
          '#',
          '$',
          '%',
          '%[',
          '{',
          '}',
          '${HOME}',
          ',',
          '(',
          ')',
          '*',
          '?',
          '-',
          '\t',
          '\x7f',
          'a',
          '\nbackend x\n',
        ),
        { maxLength: 12 },
      )
      .map((parts) => parts.join('')),
  );
  const clean = nasty.map((value) => value.replaceAll('\0', ''));
  const plain = fc.string({ unit: fc.constantFrom('a', 'B', '-', '_', '.', '1'), minLength: 1, maxLength: 10 });
  const values = fc.array(clean, { minLength: 1, maxLength: 3 });
  const condition: fc.Arbitrary<RuleCondition> = fc.oneof(
    fc.record({ field: fc.constant('host-header' as const), values }),
    fc.record({ field: fc.constant('path-pattern' as const), values }),
    fc.record({ field: fc.constant('http-header' as const), name: plain, values }),
    fc.record({ field: fc.constant('http-request-method' as const), values }),
    fc.record({ field: fc.constant('source-ip' as const), values }),
    fc.record({
      field: fc.constant('query-string' as const),
      values: fc.array(fc.record({ key: clean, value: clean }), { minLength: 1, maxLength: 2 }),
    }),
  );
  const action: fc.Arbitrary<RuleAction> = fc.oneof(
    fc.record({
      type: fc.constant('redirect' as const),
      statusCode: fc.constantFrom(301 as const, 302 as const),
      protocol: fc.constantFrom('HTTP', '#{protocol}'),
      host: clean,
      port: clean,
      path: clean,
      query: clean,
    }),
    fc.record({
      type: fc.constant('fixed-response' as const),
      statusCode: fc.integer({ min: 200, max: 599 }),
      contentType: clean,
      body: nasty,
    }),
  );
  const rule = fc.record({ arn: clean, conditions: fc.array(condition, { minLength: 1, maxLength: 3 }), action });
  const rules = fc.array(rule, { minLength: 1, maxLength: 4 });
  const line =
    /^ {2}(acl \w+ |http-request |http-response |use_backend |bind |mode |option |timeout |server next |stick-table |balance |http-reuse |retry-on |use-server |default_backend )/;

  test('[BL-81] no text ends its word, its line or its meaning', () => {
    fc.assert(
      fc.property(clean, (value) => {
        expect(word(value)).toMatch(/^([A-Za-z0-9./]|\\x[0-9a-f]{2})+$|^""$/);
        expect(literal(value)).toMatch(/^([A-Za-z0-9./]|\\x[0-9a-f]{2})*$/);
      }),
    );
    expect(() => word('a\0b')).toThrow('NUL');
  });

  test('[BL-81] whatever rules say, the configuration has the lines that it should have', () => {
    fc.assert(
      fc.property(rules, clean, (some, dnsName) => {
        const loadBalancer = { ...loadBalancerAt('127.0.0.9'), dnsName };
        const places = [{ address: '127.0.0.9', port: 8000 }];
        const { sections } = structureOf([{ loadBalancer, listener: listener(some), places }], new Map(), settings);
        for (const section of sections) {
          const [title = '', ...lines] = section.split('\n');
          expect(title).toMatch(/^(frontend f\w+|backend (relay-f\w+|turns-f\w+-\d+))$/);
          for (const one of lines) expect(one).toMatch(line);
        }
      }),
      { numRuns: 300 },
    );
  });

  test.skipIf(typeof found === 'string')('[BL-81] HAProxy itself takes whatever rules say', () => {
    if (typeof found === 'string') return;
    const directory = mkdtempSync(join(tmpdir(), 'lh-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const file = join(directory, 'c.cfg');
    fc.assert(
      fc.property(fc.array(rule, { minLength: 20, maxLength: 40 }), (some) => {
        const made = structure(some, {}, directory);
        for (const [name, content] of made.files) writeFileSync(join(directory, name), content);
        writeFileSync(file, configurationText(made, { statsSocket: join(directory, 'api'), serverLines: () => [] }));
        execFileSync(found.program, ['-c', '-f', file], { stdio: 'pipe' });
      }),
      { numRuns: 6, endOnFailure: true },
    );
  });
});
