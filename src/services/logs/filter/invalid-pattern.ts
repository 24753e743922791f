import { InvalidArgument } from '../../../kernel/index.ts';

/** The filter pattern cannot be understood; the message is the sentence for the caller. */
export class InvalidPattern extends InvalidArgument {
  constructor(message = 'Invalid filter pattern') {
    super(message);
  }
}
