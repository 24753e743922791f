import { formatArn } from '../../kernel/index.ts';
import {
  conditionValues,
  type AccessQuestion,
  type Authorization,
  type ConditionSources,
  type Questions,
  type RequestContext,
} from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/servicediscovery.ts';
import type { Database } from '../../store/index.ts';
import { tagsOf } from './actions/tagging.ts';
import { presentRows, scopeOf, type Input } from './core.ts';
import { namespaceArn, namespaceName, namespaces } from './records/namespace.ts';
import { operationKey, operations } from './records/operation.ts';
import { parseResourceArn, serviceArn, serviceKey, serviceName, services } from './records/service.ts';

type Sources = Pick<ConditionSources, 'keys' | 'requestTags' | 'tagKeys'>;

interface Tagged {
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[] | undefined;
}

function requestTags({ Tags: tags = [] }: Tagged): Sources {
  return { requestTags: tags.map(({ Key, Value }) => ({ key: Key, value: Value })) };
}

/** Questions on what an ARN names, or on everything of the account. */
class Asker {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  about(action: string, resource: string, context: RequestContext, sources: Sources = {}): AccessQuestion {
    return {
      action: `servicediscovery:${action}`,
      resource,
      context: conditionValues({
        ...sources,
        resourceTags: () => tagsOf(presentRows(this.#db), scopeOf(context), resource),
        service: 'servicediscovery',
      }),
    };
  }

  /** Tags on creation are a permission of their own. */
  withTags(question: AccessQuestion, { Tags: tags = [] }: Tagged): readonly AccessQuestion[] {
    return tags.length === 0 ? [question] : [question, { ...question, action: 'servicediscovery:TagResource' }];
  }

  namespace(id: string, { account, region }: RequestContext): string {
    return parseResourceArn(id) === undefined ? namespaceArn({ account, region, id }) : id;
  }

  service(id: string, { account, region }: RequestContext): string {
    return parseResourceArn(id) === undefined ? serviceArn({ account, region, id }) : id;
  }

  createdBy(arn: string): string | undefined {
    const named = parseResourceArn(arn);
    return named === undefined ? undefined : this.#db.get(services, serviceKey(named.scope, named.id))?.row.account;
  }

  /** What a name means; where it means nothing, any. */
  discovered(input: Pick<Input<'DiscoverInstances'>, 'NamespaceName' | 'ServiceName'>, context: RequestContext) {
    const { account, region } = context;
    const found = {
      namespace: namespaceArn({ account, region, id: '*' }),
      service: serviceArn({ account, region, id: '*' }),
    };
    const table = this.#db.table(namespaces);
    for (const key of table.keys('name', namespaceName(context, input.NamespaceName))) {
      const namespace = table.get(key)?.row;
      if (namespace === undefined) continue;
      for (const name of this.#db.table(services).keys('name', serviceName(namespace.id, input.ServiceName))) {
        const service = this.#db.get(services, name)?.row;
        if (service !== undefined) return { namespace: namespaceArn(namespace), service: serviceArn(service) };
      }
    }
    return found;
  }

  ofOperation(id: string, context: RequestContext): string | undefined {
    const row = this.#db.get(operations, operationKey(scopeOf(context), id))?.row;
    if (row?.targets.NAMESPACE !== undefined) return namespaceArn({ ...scopeOf(context), id: row.targets.NAMESPACE });
    return row?.targets.SERVICE === undefined
      ? undefined
      : serviceArn({ ...scopeOf(context), id: row.targets.SERVICE });
  }
}

/**
 * What each operation asks of the caller's policies.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudmap.html
 */
export function serviceDiscoveryAuthorization(db: Database): Authorization<Operations> {
  const asker = new Asker(db);
  const all =
    <I>(action: string, sources: (input: I) => Sources = () => ({})): Questions<I> =>
    (input, context) => [asker.about(action, '*', context, sources(input))];
  const namespace =
    (action: string): Questions<{ readonly Id: string }> =>
    (input, context) => [asker.about(action, asker.namespace(input.Id, context), context)];
  const service = (action: string, id: string, context: RequestContext): AccessQuestion => {
    const arn = asker.service(id, context);
    const keys = {
      'servicediscovery:ServiceArn': arn,
      'servicediscovery:ServiceCreatedByAccount': () => asker.createdBy(arn),
    };
    return asker.about(action, arn, context, { keys });
  };
  const ofService =
    (action: string): Questions<{ readonly ServiceId: string }> =>
    (input, context) => [service(action, input.ServiceId, context)];
  const byId =
    (action: string): Questions<{ readonly Id: string }> =>
    (input, context) => [service(action, input.Id, context)];
  const created =
    (action: string): Questions<Tagged> =>
    (input, context) =>
      asker.withTags(asker.about(action, '*', context, requestTags(input)), input);
  return {
    CreateHttpNamespace: created('CreateHttpNamespace'),
    CreatePrivateDnsNamespace: created('CreatePrivateDnsNamespace'),
    CreateService: createServiceQuestions(asker),
    DeleteNamespace: namespace('DeleteNamespace'),
    DeleteService: byId('DeleteService'),
    DeleteServiceAttributes: ofService('DeleteServiceAttributes'),
    DeregisterInstance: ofService('DeregisterInstance'),
    DiscoverInstances: discoveryQuestions(asker, 'DiscoverInstances'),
    DiscoverInstancesRevision: discoveryQuestions(asker, 'DiscoverInstancesRevision'),
    GetInstance: ofService('GetInstance'),
    GetInstancesHealthStatus: ofService('GetInstancesHealthStatus'),
    GetNamespace: namespace('GetNamespace'),
    GetOperation: (input, context) => [
      asker.about('GetOperation', asker.ofOperation(input.OperationId, context) ?? '*', context),
    ],
    GetService: byId('GetService'),
    GetServiceAttributes: ofService('GetServiceAttributes'),
    ListInstances: ofService('ListInstances'),
    ListNamespaces: all('ListNamespaces'),
    ListOperations: all('ListOperations'),
    ListServices: all('ListServices'),
    ListTagsForResource: all('ListTagsForResource'),
    RegisterInstance: ofService('RegisterInstance'),
    TagResource: all<Input<'TagResource'>>('TagResource', requestTags),
    UntagResource: all<Input<'UntagResource'>>('UntagResource', ({ TagKeys }) => ({ tagKeys: TagKeys })),
    UpdateHttpNamespace: namespace('UpdateHttpNamespace'),
    UpdateInstanceCustomHealthStatus: ofService('UpdateInstanceCustomHealthStatus'),
    UpdatePrivateDnsNamespace: namespace('UpdatePrivateDnsNamespace'),
    UpdateService: byId('UpdateService'),
    UpdateServiceAttributes: ofService('UpdateServiceAttributes'),
  };
}

function createServiceQuestions(asker: Asker): Questions<Input<'CreateService'>> {
  return (input, context) => {
    const arn = asker.namespace(input.NamespaceId ?? input.DnsConfig?.NamespaceId ?? '*', context);
    const sources = { ...requestTags(input), keys: { 'servicediscovery:NamespaceArn': arn } };
    const made = formatArn('servicediscovery', context.region, context.account, 'service/*');
    return [
      asker.about('CreateService', arn, context, sources),
      ...asker.withTags(asker.about('CreateService', made, context, sources), input),
    ];
  };
}

/** On the namespace and on the service that the names mean. */
function discoveryQuestions(
  asker: Asker,
  action: string,
): Questions<Pick<Input<'DiscoverInstances'>, 'NamespaceName' | 'ServiceName'>> {
  return (input, context) => {
    const found = asker.discovered(input, context);
    const keys = {
      'servicediscovery:NamespaceName': input.NamespaceName,
      'servicediscovery:ServiceName': input.ServiceName,
    };
    return [found.namespace, found.service].map((arn) => asker.about(action, arn, context, { keys }));
  };
}
