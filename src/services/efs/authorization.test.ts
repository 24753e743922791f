import { expect, test } from 'vitest';
import { silentLog } from '../../kernel/index.ts';
import { MemoryStore, openDatabase } from '../../store/index.ts';
import { allows, questionsOf, written } from '../../testkit/index.ts';
import { efsService, efsTables } from './index.ts';
