// A private address, and the name that leads to it, for each service that the app talks to inside Azure.
param vnetId string
param subnetId string
param storageId string
param eventHubsId string
param keyVaultId string
param openAiId string
param withOpenAi bool
param location string
param tags object

var always = [
  {
    name: 'blob'
    serviceId: storageId
    group: 'blob'
    zone: 'privatelink.blob.${environment().suffixes.storage}'
  }
  {
    name: 'queue'
    serviceId: storageId
    group: 'queue'
    zone: 'privatelink.queue.${environment().suffixes.storage}'
  }
  {
    name: 'table'
    serviceId: storageId
    group: 'table'
    zone: 'privatelink.table.${environment().suffixes.storage}'
  }
  {
    name: 'event-hubs'
    serviceId: eventHubsId
    group: 'namespace'
    zone: 'privatelink.servicebus.windows.net'
  }
  {
    name: 'key-vault'
    serviceId: keyVaultId
    group: 'vault'
    zone: 'privatelink.vaultcore.azure.net'
  }
]
var forModel = [
  {
    name: 'openai'
    serviceId: openAiId
    group: 'account'
    zone: 'privatelink.openai.azure.com'
  }
]
var endpoints = withOpenAi ? concat(always, forModel) : always

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [for endpoint in endpoints: {
  name: endpoint.zone
  location: 'global'
  tags: tags
}]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [for (endpoint, index) in endpoints: {
  parent: zones[index]
  name: 'vnet'
  location: 'global'
  tags: tags
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: vnetId
    }
  }
}]

resource privateEndpoints 'Microsoft.Network/privateEndpoints@2024-05-01' = [for endpoint in endpoints: {
  name: 'pe-${endpoint.name}-${uniqueString(endpoint.serviceId)}'
  location: location
  tags: tags
  properties: {
    subnet: {
      id: subnetId
    }
    privateLinkServiceConnections: [
      {
        name: endpoint.name
        properties: {
          privateLinkServiceId: endpoint.serviceId
          groupIds: [
            endpoint.group
          ]
        }
      }
    ]
  }
}]

resource zoneGroups 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-05-01' = [for (endpoint, index) in endpoints: {
  parent: privateEndpoints[index]
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [
      {
        name: endpoint.name
        properties: {
          privateDnsZoneId: zones[index].id
        }
      }
    ]
  }
}]
