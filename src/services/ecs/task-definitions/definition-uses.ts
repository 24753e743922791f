import type { Database } from '../../../store/index.ts';
import { services } from '../records/service.ts';
import { liveDefinition, tasks } from '../records/task.ts';
import type { DefinitionUses } from './deletion.ts';

/** What lives of each revision, from the indexes of tasks and services. */
export function tableUses(db: Database): DefinitionUses {
  return {
    of: (row) => ({
      liveTasks: db.table(tasks).count('definitionLive', liveDefinition(row)),
      services: db.table(services).count('definition', liveDefinition(row)),
    }),
  };
}
