export default function RouteEditor() {
  return null;
}
