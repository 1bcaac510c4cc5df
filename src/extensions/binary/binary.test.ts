import { complies } from '../../testkit/index.ts';
import { binary } from './index.ts';

complies(binary);
