import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { silentLog } from '../../kernel/index.ts';
import { randomIds, systemClock, lineLog } from '../../platform/index.ts';
import { describeChanges } from '../contract/changes.contract.ts';
import { describeHttp } from '../contract/http.contract.ts';
import { describeHttps } from '../contract/https.contract.ts';
import { describeL4 } from '../contract/l4.contract.ts';
import { describeRouting } from '../contract/routing.contract.ts';
import { World, type PlaneFactory } from '../contract/world.ts';
import { findHaproxy } from './find-haproxy.ts';
import { HaproxyDataPlane } from './haproxy-data-plane.ts';

const found = await findHaproxy(process.env['PATH'] ?? '');
const program = typeof found === 'string' ? '' : found.program;
const make: PlaneFactory = (options) =>
  Promise.resolve(new HaproxyDataPlane({ ...options, program, directory: mkdtempSync(join(tmpdir(), 'lh-')) }));
const log = process.env['HAPROXY_LOG'] === undefined ? silentLog : lineLog('debug', process.stderr);
const open = (): Promise<World> => World.open(make, { clock: systemClock, ids: randomIds, log });

/** HAProxy's own parser comes before anything that it can be told. */
const reads = 'HAProxy reads it in one way and writes it anew';
const early = 'HAProxy answers before its rules are asked, with a page and status of its own';
const exceptions = {
  'the same length twice': reads,
  'length and chunks': reads,
  'two lengths in one': reads,
  'a folded header': reads,
  'a bare line feed': reads,
  'a bare line feed among others': reads,
  'a NUL': 'HAProxy passes it on',
  'a chunk that ends in a line feed': reads,
  'a head over 64 KiB': early,
  'a coding that is not chunked': early,
  'length and chunks in an answer': reads,
  'a bare line feed in an answer': reads,
  'a head without end': 'HAProxy waits until its buffer of 68 KiB is full',
  '[BL-16] headers that Connection names are not passed on': 'HAProxy has no rule for names that a request says',
  '[BL-22] a body that does not come is 408': 'HAProxy says 504: it waits for the target then',
  '[BL-23] a client that resets its connection while it waits frees its target':
    'HAProxy looks only when it writes, unless half-closing is an abort too',
  '[BL-25] an early answer to an unfinished body is passed on, and the connection closed after it':
    'HAProxy goes on reading the body',
} as const;

describe.skipIf(program === '')('HAProxy', () => {
  describeRouting(open);
  describeHttp(open, exceptions);
  describeChanges(open);
  describeL4(open);
  describeHttps(open);
});
