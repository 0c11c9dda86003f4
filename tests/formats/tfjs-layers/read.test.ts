import { testKerasAnswers } from '../keras-answers';

testKerasAnswers(['tfjs-layers', 'json']);
