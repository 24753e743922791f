import type { Database } from '../../../store/index.ts';
import { liveDefinition, tasks } from '../records/task.ts';
import type { DefinitionUses } from './deletion.ts';

/** What lives of each revision, from the tasks' index. Services come with their own table; until then there are none. */
export function tableUses(db: Database): DefinitionUses {
  return { of: (row) => ({ liveTasks: db.table(tasks).count('definitionLive', liveDefinition(row)), services: 0 }) };
}
