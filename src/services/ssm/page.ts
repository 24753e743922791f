import { InvalidArgument } from '../../kernel/index.ts';
import type { Page, PageRequest } from '../../store/index.ts';
import { invalidNextToken } from './errors.ts';

/** A page of rows; one may have fewer than were asked for, or none, and still be followed by another: filters choose among the rows of a page. */
export function pageOf<Row>(
  read: (request: PageRequest) => Page<Row>,
  limit: number,
  after: string | undefined,
): Page<Row> {
  try {
    return read({ limit, ...(after === undefined ? {} : { after }) });
  } catch (error) {
    if (error instanceof InvalidArgument) throw invalidNextToken();
    throw error;
  }
}
