import { complies } from '../../testkit/index.ts';
import { json } from './index.ts';

complies(json);
