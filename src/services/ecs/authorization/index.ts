import type { Rows } from '../references.ts';
import { agentQuestions } from './agents.ts';
import { clusterQuestions } from './clusters.ts';
import { instanceQuestions } from './container-instances.ts';
import { deploymentQuestions } from './deployments.ts';
import { serviceQuestions } from './services.ts';
import { settingAndTagQuestions } from './settings-and-tags.ts';
import { startingQuestions } from './starting-tasks.ts';
import { definitionQuestions } from './task-definitions.ts';
import { taskQuestions } from './tasks.ts';

/**
 * What each ECS operation asks of the caller's policies.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
 */
export function ecsAuthorization(rows: Rows) {
  return {
    ...agentQuestions(rows),
    ...clusterQuestions(rows),
    ...definitionQuestions(rows),
    ...deploymentQuestions(rows),
    ...instanceQuestions(rows),
    ...serviceQuestions(rows),
    ...settingAndTagQuestions(rows),
    ...startingQuestions(rows),
    ...taskQuestions(rows),
  };
}
