export { type ConditionGroup, type ConditionItem, type ConditionRow, GROUP_DEPTH_MAX, type Operator, depthOf, emptyGroup, readConditions, writeConditions } from './form';
export { type FieldType, type ItemPath, emptyRow, fieldType, fieldsOf, itemAt, operatorsFor, takesList, takesNumber, takesValue, valueFromText, valueToText, withField, withItem, withOperator } from './operators';
export { conditionRows, conditionSentence, rowPieces } from './sentence';
