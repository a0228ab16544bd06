export default function Logs() {
  return null;
}
