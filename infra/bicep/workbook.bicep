// One page of charts over the app's metrics and traces: workbook.json, which can also be pasted into a new workbook.
param workspaceId string
param location string
param tags object

resource workbook 'Microsoft.Insights/workbooks@2022-04-01' = {
  // Workbooks are named by a GUID; this one stays the same at every deployment.
  name: guid(resourceGroup().id, 'entra-triage')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    category: 'workbook'
    displayName: 'entra-triage'
    sourceId: workspaceId
    serializedData: loadTextContent('workbook.json')
  }
}
