import type { Action, LogsCore } from '../core.ts';
import { findGroup, scopeOf } from '../core.ts';
import { groupNotFound, invalidParameter } from '../errors.ts';
import { compileClientFilter } from '../filter-input.ts';
import { groupNameOf } from '../records/log-group.ts';

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html */
export function startLiveTail(core: LogsCore): Action<'StartLiveTail'> {
  return (input, context) => {
    const { logGroupIdentifiers, logStreamNames, logStreamNamePrefixes, logEventFilterPattern } = input;
    if (logStreamNames !== undefined && logStreamNamePrefixes !== undefined) {
      throw invalidParameter('logStreamNames and logStreamNamePrefixes are mutually exclusive parameters.');
    }
    if (logGroupIdentifiers.length > 1 && (logStreamNames ?? logStreamNamePrefixes) !== undefined) {
      throw invalidParameter('Log streams can be specified only if exactly one log group is specified.');
    }
    const scope = scopeOf(context);
    const groups = new Map(
      logGroupIdentifiers.map((identifier) => {
        const name = groupNameOf(scope, identifier);
        if (name === undefined) throw groupNotFound();
        return [findGroup(core, scope, name).id, `${scope.account}:${name}`];
      }),
    );
    const responseStream = core.liveTails.open({
      scope,
      groups,
      wantsStream: (name) =>
        (logStreamNames === undefined || logStreamNames.includes(name)) &&
        (logStreamNamePrefixes?.some((prefix) => name.startsWith(prefix)) ?? true),
      filter: compileClientFilter(logEventFilterPattern),
      start: {
        requestId: context.requestId,
        sessionId: core.ids.uuid(),
        logGroupIdentifiers,
        logStreamNames: logStreamNames ?? [],
        logStreamNamePrefixes: logStreamNamePrefixes ?? [],
        logEventFilterPattern: logEventFilterPattern ?? '',
      },
    });
    return { responseStream };
  };
}
