import { complies } from '../../testkit/index.ts';
import { cbor } from './index.ts';

complies(cbor);
