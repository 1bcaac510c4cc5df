import { complies } from './compliance.ts';
import { sample } from './fixtures/sample/index.ts';

complies(sample);
