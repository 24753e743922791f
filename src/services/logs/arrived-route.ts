import { ApiError, type RawAnswer, type RawRequest, type RawRoute } from '../../protocol/api/index.ts';
import { logsAuthorization } from './authorization.ts';
import { findGroup, findStream, scopeOf, type LogsCore } from './core.ts';
import { invalidParameter } from './errors.ts';
import { maxPageBytes } from './limits.ts';

/** Events of one millisecond that are looked through, the last first. */
const mostEvents = 1_000;

/**
 * `GET /longshore/log-events/arrived?logGroupName&logStreamName&timestamp&fingerprint`: whether a stream has an event. An agent asks it that
 * was killed before it heard of a batch. It takes the right to put events there and tells nothing that the asker does not name, so execution
 * roles need not be allowed to read logs. Longshore's own.
 */
export function arrivedRoute(core: LogsCore): RawRoute {
  return {
    prefix: '/longshore/log-events/arrived',
    handle: async (raw) => {
      try {
        return json(200, { arrived: await hasArrived(core, raw) });
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        return json(error.status, { __type: error.code, message: error.message });
      }
    },
  };
}

async function hasArrived(core: LogsCore, raw: RawRequest): Promise<boolean> {
  const context = raw.signedContext('logs');
  const [logGroupName, logStreamName, timestamp, fingerprint] = [
    'logGroupName',
    'logStreamName',
    'timestamp',
    'fingerprint',
  ].map((name) => raw.query.get(name) ?? '') as [string, string, string, string];
  if (!/^\d{1,14}$/.test(timestamp) || fingerprint === '')
    throw invalidParameter('timestamp must be epoch milliseconds, and fingerprint must not be empty');
  const asked = logsAuthorization(core.database).PutLogEvents?.(
    { logGroupName, logStreamName, logEvents: [] },
    context,
  );
  for (const question of asked ?? []) context.authorize(question);
  const group = findGroup(core, scopeOf(context), logGroupName);
  const stream = findStream(core, group, logStreamName);
  const { events } = await core.archive.read({
    groupId: group.id,
    streamIds: [stream.id],
    direction: 'backward',
    startMs: Number(timestamp),
    endMs: Number(timestamp) + 1,
    maxEvents: mostEvents,
    maxBytes: maxPageBytes,
  });
  return events.some(({ message }) => core.fingerprint(message) === fingerprint);
}

function json(status: number, body: object): RawAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
