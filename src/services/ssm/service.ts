import type { Log } from '../../kernel/index.ts';
import { implement, type ServiceDefinition } from '../../protocol/api/index.ts';
import type { Operations } from '../../protocol/generated/ssm.ts';
import { ReconcileLoop } from '../../reconcile/index.ts';
import { sealedRows, type SealedRows } from '../../store/index.ts';
import { createActivation } from './actions/create-activation.ts';
import { deleteActivation } from './actions/delete-activation.ts';
import { deleteParameter, deleteParameters } from './actions/delete-parameter.ts';
import { deregisterManagedInstance } from './actions/deregister-managed-instance.ts';
import { describeActivations } from './actions/describe-activations.ts';
import { describeInstanceInformation } from './actions/describe-instance-information.ts';
import { getParameterHistory } from './actions/get-parameter-history.ts';
import { getParameter, getParameters } from './actions/get-parameter.ts';
import { labelParameterVersion, unlabelParameterVersion } from './actions/label-parameter-version.ts';
import { describeParameters, getParametersByPath } from './actions/list-parameters.ts';
import { putParameter } from './actions/put-parameter.ts';
import { addTagsToResource, listTagsForResource, removeTagsFromResource } from './actions/tagging.ts';
import { ssmAuthorization } from './authorization.ts';
import type { SsmDeps } from './core.ts';
import { invalidInput } from './errors.ts';
import { parameterExpiration } from './expiration-controller.ts';
import { ssmLimits } from './limits.ts';
import { managedInstancesRoute } from './managed-nodes/route.ts';
import { activations } from './records/activation.ts';
import { managedInstances } from './records/managed-instance.ts';
import { parameters, parameterVersions } from './records/parameter.ts';

/** The tables the database must hold for this service. */
export const ssmTables = [parameters, parameterVersions, activations, managedInstances] as const;

export interface SsmService {
  readonly definition: ServiceDefinition;
  /** For a change of the sealing key. */
  readonly sealed: SealedRows;
  start(): void;
  stop(): void;
}

/** AWS Systems Manager, of which there are Parameter Store and the activations by which machines become managed nodes. */
export function ssmService(deps: SsmDeps & { readonly log: Log }): SsmService {
  const loop = new ReconcileLoop([parameterExpiration(deps)], deps);
  return {
    definition: implement<Operations>({
      name: 'ssm',
      invalid: invalidInput,
      limits: ssmLimits,
      authorization: ssmAuthorization(deps),
      rawRoutes: [managedInstancesRoute(deps)],
      handlers: {
        AddTagsToResource: addTagsToResource(deps),
        CreateActivation: createActivation(deps),
        DeleteActivation: deleteActivation(deps),
        DeleteParameter: deleteParameter(deps),
        DeleteParameters: deleteParameters(deps),
        DeregisterManagedInstance: deregisterManagedInstance(deps),
        DescribeActivations: describeActivations(deps),
        DescribeInstanceInformation: describeInstanceInformation(deps),
        DescribeParameters: describeParameters(deps),
        GetParameter: getParameter(deps),
        GetParameterHistory: getParameterHistory(deps),
        GetParameters: getParameters(deps),
        GetParametersByPath: getParametersByPath(deps),
        LabelParameterVersion: labelParameterVersion(deps),
        ListTagsForResource: listTagsForResource(deps),
        PutParameter: putParameter(deps),
        RemoveTagsFromResource: removeTagsFromResource(deps),
        UnlabelParameterVersion: unlabelParameterVersion(deps),
      },
    }),
    sealed: sealedRows(deps.db, deps.sealer, {
      spec: parameterVersions,
      atOnce: 50, // a value may have nearly 12 KB
      read: ({ sealed, value, context }) => (sealed ? { sealed: value, context } : undefined),
      write: (row, value) => ({ ...row, value }),
    }),
    start: () => loop.start(),
    stop: () => loop.stop(),
  };
}
