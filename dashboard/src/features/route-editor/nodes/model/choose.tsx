import { useEdit, useFieldProblem } from '../../inspector/edit';
import type { RouteElement } from '../../model';
import { Marked } from '../../problems/Marked';
import { ModelPick, ProviderPick } from './pick';

/** The provider of a model node. Another provider has other models and other keys. */
export function ProviderField({ element, provider }: { element: RouteElement; provider: string }) {
  const edit = useEdit(element.id);
  const problem = useFieldProblem(element.id, 'properties.provider');
  return (
    <ProviderPick
      dataField="properties.provider"
      provider={provider}
      isReadOnly={edit.isReadOnly}
      error={problem === undefined ? undefined : <Marked text={problem} />}
      onPick={(next) => edit.properties({ provider: next, model: '', byokAlias: undefined })}
    />
  );
}

/** The model of a model node. */
export function ModelField({ element, provider, model }: { element: RouteElement; provider: string; model: string }) {
  const edit = useEdit(element.id);
  const problem = useFieldProblem(element.id, 'properties.model');
  return (
    <ModelPick
      dataField="properties.model"
      provider={provider}
      model={model}
      isReadOnly={edit.isReadOnly}
      error={problem === undefined ? undefined : <Marked text={problem} />}
      onPick={(name) => edit.properties({ model: name })}
    />
  );
}
