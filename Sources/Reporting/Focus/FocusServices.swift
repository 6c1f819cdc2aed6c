// What FOCUS calls services: the closed list of categories and, within each, of subcategories. Each
// category also has `Other (…)` of its own name.

enum FocusServices {
    static let categories = subcategories.keys.sorted()

    static func isSubcategory(_ name: String, of category: String) -> Bool {
        guard let known = subcategories[category] else { return false }
        return known.contains(name) || name == "Other (\(category))"
    }

    private static let subcategories: [String: [String]] = [
        "AI and Machine Learning": [
            "AI Platforms", "Bots", "Generative AI", "Machine Learning", "Natural Language Processing",
        ],
        "Analytics": [
            "Analytics Platforms", "Business Intelligence", "Data Processing", "Search",
            "Streaming Analytics",
        ],
        "Business Applications": ["Productivity and Collaboration"],
        "Compute": [
            "Containers", "End User Computing", "Quantum Compute", "Serverless Compute", "Virtual Machines",
        ],
        "Databases": [
            "Caching", "Data Warehouses", "Ledger Databases", "NoSQL Databases", "Relational Databases",
            "Time Series Databases",
        ],
        "Developer Tools": [
            "Developer Platforms", "Continuous Integration and Deployment", "Development Environments",
            "Source Code Management", "Quality Assurance",
        ],
        "Identity": ["Identity and Access Management"],
        "Integration": ["API Management", "Messaging", "Workflow Orchestration"],
        "Internet of Things": ["IoT Analytics", "IoT Platforms"],
        "Management and Governance": [
            "Architecture", "Compliance", "Cost Management", "Data Governance", "Disaster Recovery",
            "Endpoint Management", "Observability", "Support",
        ],
        "Media": ["Content Creation", "Gaming", "Media Streaming", "Mixed Reality"],
        "Migration": ["Data Migration", "Resource Migration"],
        "Mobile": [],
        "Multicloud": ["Multicloud Integration"],
        "Networking": [
            "Application Networking", "Content Delivery", "Network Connectivity", "Network Infrastructure",
            "Network Routing", "Network Security",
        ],
        "Other": [],
        "Security": ["Secret Management", "Security Posture Management", "Threat Detection and Response"],
        "Storage": [
            "Backup Storage", "Block Storage", "File Storage", "Object Storage", "Storage Platforms",
        ],
        "Web": ["Application Platforms"],
    ]
}
